{% if forward is not none -%}
# Of the submitting shell's environment this script has what was named; its steps take over all of its.
unset SLURM_EXPORT_ENV
{% endif -%}
{% for module in modules -%}
module load {{ module | quote }}
{% endfor -%}
{% for name, value in environment.items() -%}
export {{ name }}={{ value | quote }}
{% endfor -%}
{% for line in setup -%}
{{ line }}
{% endfor -%}
{% if container -%}
inside=({{ container }})
{% endif -%}
