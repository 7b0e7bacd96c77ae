// Wedge has nothing to call: it is preloaded.
