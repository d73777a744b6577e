const total: number = 1;
const total: number = 2;
