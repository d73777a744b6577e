import { bufferCount, concatMap, delay, from, map, of, reduce } from "rxjs";
import { say } from "./say.js";

from([1, 2, 3, 4, 5, 6])
  .pipe(
    map((drink) => drink * 10),
    bufferCount(2),
    concatMap((pair) => of(pair[0] + pair[1]).pipe(delay(1))),
    reduce((sums, sum) => [...sums, sum], []),
  )
  .subscribe((sums) => say(`rxjs: ${sums.join(" ")}`));
