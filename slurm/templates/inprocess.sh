# One GPU: the harness holds the model itself, with vLLM inside its own process.
{% include "environment.sh" %}

{{ work }}

{% include "again.sh" %}
