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
