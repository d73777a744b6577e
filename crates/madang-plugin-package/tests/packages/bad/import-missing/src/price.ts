export const won = 1;
