"""What several PTEs share. Its neighbours are the categories of PTEs; nothing here is one."""
