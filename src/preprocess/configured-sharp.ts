import sharp from 'sharp';

/**
 * One thread per picture, since many are decoded at once; no cache, since no file comes twice.
 * Only loaders of the formats that are read are left: libvips would also open SVG, PDF and more.
 */
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map(
    (format) => `VipsForeignLoad${format}Buffer`,
  ),
});

export { sharp };
