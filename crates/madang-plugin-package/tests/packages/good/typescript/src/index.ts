import { posPluginSdk } from "@tossplace/pos-plugin-sdk";
import { Size, won, Drink, type Price } from "@lib/menu";
import { version } from "../package.json";
import { logged } from "./logged.js";

class Till {
  constructor(private readonly name: string) {}

  @logged
  greet(drink: Drink): string {
    return `${this.name} ${version} ${drink.name} ${won(drink.price)} ${Size[drink.size]}`;
  }
}

const price: Price = 4500;
posPluginSdk.toast.open(new Till("마당").greet({ name: "아메리카노", price, size: Size.Large }));
export { Drink };
