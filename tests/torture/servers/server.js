// A server for the load of check.lua: chooses its port, says "ready PORT", answers /sum/N, and ends in
// its ordinary way on SIGTERM. Every answer takes the way through a thread of the pool, too.
'use strict';
const http = require('node:http');
const zlib = require('node:zlib');

function adler32(texts) {
	let a = 1, b = 0;
	for (const text of texts)
		for (let i = 0; i < text.length; i++) {
			a = (a + text.charCodeAt(i)) % 65521;
			b = (b + a) % 65521;
		}
	return b * 65536 + a;
}

function sum(number) {
	const texts = Array.from({length: 40 * number}, (_, i) => `item-${i * 7}`);
	return `${number} ${adler32(texts)}\n${'x'.repeat(1024 * number)}`;
}

function throughPool(text, then) {
	zlib.deflate(text, (error, packed) => {
		if (error)
			throw error;
		zlib.inflate(packed, (error, unpacked) => {
			if (error)
				throw error;
			then(unpacked);
		});
	});
}

const server = http.createServer((request, response) => {
	const number = Number(request.url.replace('/sum/', ''));
	if (!Number.isInteger(number) || number < 1 || number > 1000) {
		response.writeHead(404).end();
		return;
	}
	throughPool(sum(number), body => response.end(body));
});

process.on('SIGTERM', () => {
	server.close();
	server.closeIdleConnections();
});
// A busy machine keeps clients from asking again in time.
server.keepAliveTimeout = 0;
server.headersTimeout = 0;
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
