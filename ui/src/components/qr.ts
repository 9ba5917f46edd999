import { encode } from 'uqr'

// qrPath gives the dark modules as one path with the quiet zone of four modules
// that ISO/IEC 18004 asks for, and the length of the square's side.
export function qrPath(text: string): { path: string; size: number } {
  const border = 4
  const { data } = encode(text, { ecc: 'M', border: 0 })
  let path = ''
  data.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      const start = x
      while (row[x + 1]) x++
      path += `M${start + border} ${y + border}h${x - start + 1}v1H${start + border}z`
    }
  })
  return { path, size: data.length + 2 * border }
}
