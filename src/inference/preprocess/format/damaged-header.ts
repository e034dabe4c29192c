/** The header of an image file cannot be read. The message completes "The PNG is damaged: …". */
export class DamagedHeaderError extends Error {}
