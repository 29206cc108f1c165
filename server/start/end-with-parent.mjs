// Loaded into server and worker by the launcher: when the launcher is killed its channel closes, and they end too.
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), 15_000).unref();
});
process.channel?.unref();
