export default { upload: '选择头像', change: '更换头像', remove: '移除', hint: 'PNG、JPEG、GIF 或 WebP，不超过 5 MiB，取中间的正方形。', saved: '头像已更换', removed: '头像已移除', too_large: '图片超过 5 MiB。' }
