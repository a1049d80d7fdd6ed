module.exports = { ...require('../jest.preset.js').default, displayName: 'tools', testMatch: ['<rootDir>/**/*.test.mjs'], transform: {} };
