"""What can be seen of a translation without understanding it: one check a module, pure, and how they are run."""
