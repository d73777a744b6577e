export type Price = number;
export interface Drink {
  name: string;
  price: Price;
  size: Size;
}
export enum Size {
  Small,
  Large,
}
export namespace Format {
  export const unit = "원";
}
export const won = (price: Price): string => `${price}${Format.unit}`;
