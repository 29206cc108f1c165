declare module 'libheif-js/wasm-bundle.js' {
  export interface HeifHandle {
    $$: { ptr: number };
  }
  export interface HeifContext {
    $$: { ptr: number };
  }
  type Call = (...values: number[]) => number;
  const libheif: {
    HEAPU8: Uint8Array;
    HEAPU32: Uint32Array;
    HEAP32: Int32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _heif_decode_image: Call;
    _heif_image_handle_get_image_tiling: Call;
    _heif_image_handle_decode_image_tile: Call;
    _heif_image_handle_get_item_id: Call;
    _heif_item_get_transformation_properties: Call;
    _heif_item_get_property_type: Call;
    _heif_item_get_property_transform_rotation_ccw: Call;
    _heif_item_get_property_transform_mirror: Call;
    _heif_item_get_property_transform_crop_borders: Call;
    _heif_decoding_options_alloc: Call;
    _heif_decoding_options_free: Call;
    _heif_image_get_width: Call;
    _heif_image_get_height: Call;
    _heif_image_get_plane_readonly: Call;
    _heif_image_release: Call;
    heif_context_alloc(): HeifContext;
    heif_context_free(context: HeifContext): void;
    heif_context_read_from_memory(context: HeifContext, content: Uint8Array): { code: { value: number } };
    heif_js_context_get_primary_image_handle(context: HeifContext): HeifHandle | { code: object } | null;
    heif_image_handle_get_width(handle: HeifHandle): number;
    heif_image_handle_get_height(handle: HeifHandle): number;
    heif_image_handle_release(handle: HeifHandle): void;
  };
  // biome-ignore lint/style/noDefaultExport: the shape of a CommonJS package
  export default libheif;
}
