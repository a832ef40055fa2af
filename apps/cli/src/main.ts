console.log('loki')
