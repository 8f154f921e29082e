# Each job of the array does one work unit of the plan; MODEL (a folder) and SERVED (options by which
# the harness knows that it asks the right weights) are what that work unit needs.
work_units=({{ work_units | join(" ") }})
work_unit=${work_units[${SLURM_ARRAY_TASK_ID:-0}]}
serving=$({{ python }} -m slurm.serving {{ run | quote }} "$work_unit" {{ said }}) || exit 1
eval "$serving"
# The file that the harness reads the addresses from: 'engine.urls_file=$PTE_URLS_FILE'.
urls=$(mktemp -d)/urls
export PTE_URLS_FILE=$urls

free_port() { {{ python }} -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])'; }

# Waits until a server answers; fails when its process ($2) has ended, or after {{ serve_wait }} s.
ready() {
    for _ in $(seq {{ serve_wait }}); do
        curl --silent --fail --output /dev/null "$1/health" && return 0
        kill -0 "$2" 2>/dev/null || break
        sleep 1
    done
    echo "the server at $1 did not become ready" >&2
    return 1
}
