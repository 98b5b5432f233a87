"""From samples and series to a diagnosis: readers, metrics, evidence, rules, ranking, load line, comparison."""
