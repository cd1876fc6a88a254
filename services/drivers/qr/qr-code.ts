// QR codes as SVG.
import encodeQR from 'qr';

/** An SVG element, dark on white, that a scanner reads even where a fold or stamp hides some of it. */
export const qrCode = (text: string): string => encodeQR(text, 'svg', { ecc: 'quartile', border: 2 });
