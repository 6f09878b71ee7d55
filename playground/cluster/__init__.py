"""The playground as a Helm release: the same stack protocol, on Kubernetes."""
