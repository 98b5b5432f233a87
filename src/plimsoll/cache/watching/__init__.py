"""What a cache tells: its report, an audit that reads hits again, other policies simulated beside the live one."""
