"""The policy on Kubernetes: what is there is read, the number of replicas is set, or told to who sets it (KEDA)."""
