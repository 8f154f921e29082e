# One `vllm serve` over {{ nodes }} nodes of {{ gpus }} GPUs: tensor-parallel within a node, pipeline-parallel
# between nodes, put together by Ray. The server and the harness run on the first node.
{% include "environment.sh" %}

{% include "serving.sh" %}

head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
address=$(srun --overlap --nodes=1 --ntasks=1 -w "$head" hostname --ip-address | cut -d ' ' -f 1)
ray_port=$(free_port)
port=$(free_port)
# Ray must outlive the signal that tells the harness to drain, which reaches every step.
deaf='trap "" USR2 TERM; exec "$@"'
srun --overlap --nodes=1 --ntasks=1 -w "$head" \
    bash -c "$deaf" ray {{ ray }} start --head --block --node-ip-address="$address" --port="$ray_port" --num-gpus={{ gpus }} &
ray=($!)
{% if nodes > 1 -%}
srun --overlap --nodes={{ nodes - 1 }} --ntasks={{ nodes - 1 }} --ntasks-per-node=1 -x "$head" \
    bash -c "$deaf" ray {{ ray }} start --block --address="$address:$ray_port" --num-gpus={{ gpus }} &
ray+=($!)
{% endif -%}
# The server asks Ray for all GPUs, so it starts when every node has joined.
RAY_ADDRESS="$address:$ray_port" {{ serve }} --model "$MODEL" "${SERVED[@]}" --seed "$RANDOM" \
    --distributed-executor-backend ray --host "$address" --port "$port" \
    --tensor-parallel-size {{ gpus }} --pipeline-parallel-size {{ nodes }} {{ serve_options }} \
    > "{{ logs }}/${SLURM_JOB_ID}_server.log" 2>&1 &
server=$!
trap 'kill "$server" "${ray[@]}" 2>/dev/null; wait "$server"' EXIT
echo "http://$address:$port" > "$urls"
ready "http://$address:$port" "$server" || exit 1

{{ work }}

{% include "again.sh" %}
