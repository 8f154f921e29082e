# A worker that was killed (out of memory, a fault of the node, a warning before it could listen)
# starts again and goes on from the journal. Other preemptions and timeouts it has seen to itself.
code=$?
case $code in
    134 | 135 | 137 | 139 | 140)
        if [ "${SLURM_RESTART_COUNT:-0}" -lt {{ max_requeues }} ]; then
            scontrol requeue "$SLURM_JOB_ID"
        fi ;;
esac
exit $code
