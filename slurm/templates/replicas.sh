# {{ replicas }} x `vllm serve` on this node, {{ gpus_a_replica }} GPUs each; the harness balances over them.
{% include "environment.sh" %}

{% include "serving.sh" %}

IFS=, read -ra gpus <<< "${CUDA_VISIBLE_DEVICES:-}"
servers=()
for replica in $(seq 0 {{ replicas - 1 }}); do
    mine=("${gpus[@]:replica * {{ gpus_a_replica }}:{{ gpus_a_replica }}}")
    port=$(free_port)
    CUDA_VISIBLE_DEVICES=$(IFS=,; echo "${mine[*]}") \
        {{ serve }} --model "$MODEL" "${SERVED[@]}" \
        --host 127.0.0.1 --port "$port" --seed "$RANDOM" \
        --tensor-parallel-size {{ [gpus_a_replica, 1] | max }} {{ serve_options }} \
        > "{{ logs }}/${SLURM_JOB_ID}_server_$replica.log" 2>&1 &
    servers+=($!)
    echo "http://127.0.0.1:$port" >> "$urls"
done
trap 'kill "${servers[@]}" 2>/dev/null; wait' EXIT
for replica in "${!servers[@]}"; do
    ready "$(sed -n "$((replica + 1))p" "$urls")" "${servers[replica]}" || exit 1
done

{{ work }}

{% include "again.sh" %}
