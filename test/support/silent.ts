// A logger that says nothing.
export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, answered: () => undefined };
