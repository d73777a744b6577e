import { addBusinessDays, format, formatDistance } from "date-fns";
import { ko } from "date-fns/locale";
import { say } from "./say.js";

const opening = new Date(2026, 2, 6, 9, 30);
const day = format(opening, "PPPP p", { locale: ko });
const next = format(addBusinessDays(opening, 1), "M월 d일 (EEE)", { locale: ko });
say(`date-fns: ${day} / ${next} / ${formatDistance(opening, new Date(2026, 2, 6, 12, 30), { locale: ko, addSuffix: true })}`);
