import axios from "axios";
import { say } from "./say.js";

// The call itself is answered here: what is tried is that the library loads, finds its way and keeps its order.
const adapter = async (config) => ({
  config,
  status: 200,
  statusText: "OK",
  headers: {},
  data: JSON.stringify({ asked: axios.getUri(config), body: config.data }),
});
const client = axios.create({ adapter, baseURL: "https://api.example.com", params: { shop: 7 } });
client.interceptors.request.use((config) => ({ ...config, params: { ...config.params, page: 1 } }));
client.post("/orders", { id: "1042" }).then(({ data }) => say(`axios: ${data.asked} ${data.body}`));
