// holder.js LIBRARY: what holder does, in Node.js, with the jemalloc of an extension.
'use strict';

const extension = {exports: {}};
process.dlopen(extension, process.argv[2]);
const {hold, release, figures} = extension.exports;

function run(command) {
	if (command === 'hold')
		return `held ${hold()}`;
	if (command === 'release') {
		release();
		return 'released';
	}
	return figures();
}

console.log('ready');
require('readline').createInterface({input: process.stdin}).on('line', (line) => {
	console.log(run(line.split(' ')[0]));
});
