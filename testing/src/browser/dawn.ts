/** What puts WebGPU into Node; a page has its own, or none, which bringUp then says. */
export async function installDawn(): Promise<void> {}
