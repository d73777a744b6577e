import _ from "lodash";
import { say } from "./say.js";

const lines = [
  { item: "아메리카노", category: "커피", price: 4500 },
  { item: "카페라떼", category: "라떼", price: 5000 },
  { item: "에스프레소", category: "커피", price: 4000 },
];
const sums = _.mapValues(_.groupBy(lines, "category"), (group) => _.sumBy(group, "price"));
say(`lodash: ${_.map(sums, (sum, category) => `${category} ${sum}`).join(", ")} ${_.template("<%= name %>")({ name: "마당" })}`);
