# The GPUs of one node: the harness holds the model itself, and vLLM spreads it over
# engine.tensor_parallel_size GPUs. It starts its own workers, so Slurm starts one task.
{% include "environment.sh" %}
export VLLM_WORKER_MULTIPROC_METHOD=spawn

{{ work }}

{% include "again.sh" %}
