declare module 'libheif-js/wasm-bundle.js' {
  interface HeifImage {
    is_primary(): boolean;
    get_width(): number;
    get_height(): number;
    display<T extends { data: Uint8ClampedArray; width: number; height: number }>(
      target: T,
      done: (result: T | null) => void,
    ): void;
    free(): void;
  }
  const libheif: { HeifDecoder: new () => { decode(content: Uint8Array): HeifImage[] } };
  // biome-ignore lint/style/noDefaultExport: the shape of a CommonJS package
  export default libheif;
}
