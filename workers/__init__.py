"""The long-running processes beside the API: one consume loop and a file per job."""
