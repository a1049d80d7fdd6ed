module.exports = { ...require('../../jest.preset.js').default, displayName: 'processing-controller' };
