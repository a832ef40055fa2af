# Reads OpenMetrics from standard input with the strict parser of the Prometheus client, and writes what it found as JSON.
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8"))
found = [
    {
        "name": family.name,
        "type": family.type,
        "unit": family.unit,
        "samples": [[sample.name, sample.labels, str(sample.value)] for sample in family.samples],
    }
    for family in families
]
json.dump(found, sys.stdout)
