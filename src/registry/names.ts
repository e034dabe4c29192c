/** Names of models and aliases; they become parts of paths. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]*$/;
