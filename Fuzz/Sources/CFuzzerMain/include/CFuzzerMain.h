// Nothing to call: the target is there for its definition of the entry point.
