/** Characters of a password: up to so many that a hash stays affordable. */
export const PASSWORD_LENGTH = { least: 10, most: 200 };
