"""A recorded or made-up load, played against policies on a model of workers and their queue."""
