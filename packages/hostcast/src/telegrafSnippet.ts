/**
 * A whole telegraf.conf for the panels of the page, sending to hostcast at `url`, such as `http://127.0.0.1:4678`;
 * the token is empty where there is no login.
 * No imports: the page uses this file too.
 */
export function telegrafSnippet(url: string, token = ''): string {
  return `[agent]
  interval = "10s"
  flush_interval = "1s"       # Telegraf's default of 10s would show everything up to 10s late

[[inputs.cpu]]
[[inputs.mem]]
[[inputs.swap]]
[[inputs.system]]
[[inputs.disk]]
  ignore_fs = ["tmpfs", "devtmpfs", "devfs", "iso9660", "overlay", "aufs", "squashfs"]
[[inputs.diskio]]
[[inputs.net]]                # not in Telegraf's default configuration
[[inputs.processes]]
[[inputs.kernel]]

${telegrafOutput(url, token)}`;
}

/** What a Telegraf that writes elsewhere already is given besides. */
export function telegrafOutput(url: string, token = ''): string {
  return `[[outputs.influxdb_v2]]
  urls = ["${url}"]
  token = "${token}"
  organization = "hostcast"
  bucket = "telegraf"`;
}
