/** A static host as strict as they come: every answer has the policy that it was given. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, resolve, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface Site {
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  close(): void;
}

/** Serves `folder`; `policy` is the Content-Security-Policy of every answer, '' for none. */
export async function serve(folder: string, policy: string): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    asked.push(pathname);
    const path = resolve(folder, `.${decodeURIComponent(pathname)}`);
    // As CDNs do; without a policy it is one.
    const headers = policy ? { 'Content-Security-Policy': policy } : { 'Access-Control-Allow-Origin': '*' };
    const refuse = (): void => void response.writeHead(404, headers).end();
    if (!path.startsWith(folder + sep)) return refuse();
    // Browsers ask for it unasked.
    if (pathname === '/favicon.ico') return void response.writeHead(204, headers).end();
    readFile(path).then(
      (bytes) => response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(bytes),
      refuse,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
