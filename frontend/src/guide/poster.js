// Saves a poster as PNG: a phone's album takes no SVG. Where a download is not allowed, as in WeChat,
// the picture itself becomes the PNG and can be saved by a long press.

const SHARP = 2

export function openPosters(links) {
  for (const link of links) link.addEventListener('click', save)
}

function save(event) {
  const link = event.currentTarget
  const picture = link.closest('figure').querySelector('img')
  const [width, height] = [picture.width * SHARP, picture.height * SHARP]
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d').drawImage(picture, 0, 0, width, height)
  picture.src = canvas.toDataURL('image/png')
  link.href = picture.src
  link.download = link.download.replace(/svg$/, 'png')
}
