/** What a stock Telegraf needs to report here. `origin` is this page's, such as `http://127.0.0.1:4678`. */
export function telegrafSnippet(origin: string): string {
  return `[agent]
  interval = "10s"
  flush_interval = "1s"

[[outputs.influxdb_v2]]
  urls = ["${origin}"]
  token = ""
  organization = "hostcast"
  bucket = "telegraf"

[[inputs.cpu]]
[[inputs.mem]]
[[inputs.swap]]
[[inputs.system]]
[[inputs.disk]]
  ignore_fs = ["tmpfs", "devtmpfs", "devfs", "iso9660",
               "overlay", "aufs", "squashfs"]
[[inputs.diskio]]
[[inputs.net]]
[[inputs.processes]]
[[inputs.kernel]]
`;
}
