// What bundles look for while they load. There is no XMLHttpRequest: libraries that find none take fetch.
(function (native, shared) {
  'use strict';
  const { define } = shared;
  define('navigator', {
    userAgent: 'Madang', appName: 'Madang', language: 'ko-KR', languages: ['ko-KR', 'ko', 'en-US', 'en'], onLine: true, hardwareConcurrency: 1, platform: '',
  });
})
