"""From a run or a file to an analysis: reading, gathering evidence, diagnosing, writing it down."""
