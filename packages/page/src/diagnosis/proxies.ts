/** A reverse proxy, and what it needs to hand on the WebSocket. */
export interface Proxy {
  readonly name: string;
  readonly lines: string;
}

/**
 * What docs/reverse-proxy.md says at more length, for a hostcast that is called `host` and stands beside the proxy; with
 * the port of the page's address, which is hostcast's own where no proxy stands between (`''`: one does).
 */
export function proxiesFor(host: string, port = ''): readonly Proxy[] {
  const address = `127.0.0.1:${port || '4678'}`;
  return [
    { name: 'nginx', lines: nginxFor(address) },
    { name: 'Caddy', lines: caddyFor(host, address) },
    { name: 'Traefik', lines: traefikFor(host, address) },
  ];
}

/** The lines of hostcast.toml that go with each of them. */
export function ownLinesFor(host: string): string {
  return `[network]
allowed-hosts = ["${host}"]
trusted-proxies = ["127.0.0.1", "::1"]`;
}

function nginxFor(address: string): string {
  return `# beside server { … }
map $http_upgrade $hostcast_connection {
    default   '';
    websocket upgrade;
}

# in server { … }
location / {
    proxy_pass http://${address};
    proxy_http_version 1.1;
    proxy_set_header Host              $http_host;
    proxy_set_header X-Forwarded-Host  $http_host;
    proxy_set_header X-Forwarded-For   $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade           $http_upgrade;
    proxy_set_header Connection        $hostcast_connection;
    proxy_read_timeout 60s;
}`;
}

function caddyFor(host: string, address: string): string {
  return `${host} {
	reverse_proxy ${address} {
		flush_interval -1
	}
}`;
}

function traefikFor(host: string, address: string): string {
  return `http:
  routers:
    hostcast:
      rule: Host(\`${host}\`)
      entryPoints: [websecure]
      tls: {}
      service: hostcast
  services:
    hostcast:
      loadBalancer:
        servers:
          - url: http://${address}`;
}
