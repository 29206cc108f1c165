import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import postgres from 'postgres';
import { Server } from 'socket.io';

/**
 * The limit the product is measured against: the same frameworks with nothing around them. An upload is streamed to
 * a file, fsynced, inserted as one row and broadcast; the list is one hand-written, indexed statement.
 */
const sql = postgres(env('DATABASE_URL'), { max: 10 });
await sql`create table if not exists raw_upload (id uuid primary key, filename text, size integer, at timestamptz default now())`;

const app = Fastify();
await app.register(multipart, { limits: { fileSize: 20 * 1024 * 1024 } });

app.post('/upload', async (request, reply) => {
  for await (const part of request.parts()) {
    if (part.type !== 'file') continue;
    const id = crypto.randomUUID();
    const path = join(env('FILES'), id);
    const file = createWriteStream(path);
    await pipeline(part.file, file);
    const handle = await open(path, 'r');
    await handle.sync();
    await handle.close();
    await sql`insert into raw_upload (id, filename, size) values (${id}, ${part.filename}, ${file.bytesWritten})`;
    io.emit('event', { ...JSON.parse(env('EVENT')), key: part.filename });
  }
  return reply.code(201).send({ ok: true });
});

app.get<{ Querystring: { terms: string; status: string } }>('/customers', async (request) => {
  const items = await sql`
    select id, number, version, name, phone, id_number, product, amount, term_months, branch, owner_id, due_at, note,
           status, completeness, pieces, missing, requested_types, waived_types, created_by, updated_by, created_at,
           updated_at
    from customers
    where deleted_at is null and status = ${request.query.status}
      and search_terms @> ${request.query.terms.split(',')}::text[]
    order by updated_at desc, id desc limit 15`;
  return { items };
});

await app.ready();
const io = new Server(app.server, { perMessageDeflate: false });
await app.listen({ port: Number(env('PORT')), host: '127.0.0.1' });
process.send?.('ready');

function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
